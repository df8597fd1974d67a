"""Point clouds: sampling, tiling, previews, pictures."""
