"""The second factor at sign-in: codes of an authenticator app (RFC 6238), and recovery codes on paper."""
