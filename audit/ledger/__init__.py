"""The ledger: every entry in one Merkle tree, its root signed again and again as checkpoints."""
