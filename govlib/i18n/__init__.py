"""Words and numbers in English, Russian and Kazakh."""
