"""What single notebooks need beside the engine and their figures: one small file a notebook."""
