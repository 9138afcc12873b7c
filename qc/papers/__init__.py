"""Papers: the certificate of analysis and the whole batch record, as PDF."""
