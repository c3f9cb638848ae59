"""What an operator can do and see, for the HTTP API and the command line alike."""
