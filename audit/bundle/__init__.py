"""The bundle: what leaves the house as proof, with a verifier that needs nothing of ours."""
