"""Similarity: a batch against its product's reference batches. Decided and described in
docs/decisions/similarity.md.
"""
