"""What clouds and meshes share: Morton keys, quantisation, colour, frames, GLB."""
