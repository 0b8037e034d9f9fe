"""What comes in from outside: World Bank files and API, survey files, microdata."""
