"""Self-Instruct: asking on for tasks like those that there are, until there are enough or new ones become rare."""
