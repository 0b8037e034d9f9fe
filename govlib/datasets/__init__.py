"""What is included, as tables; nothing here uses the network."""
