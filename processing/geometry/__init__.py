"""What clouds and meshes share: Morton keys, sorting, colour, frames, GLB."""
