"""Passkeys: credentials in a person's own device that sign what the server shows and can't sign itself."""
