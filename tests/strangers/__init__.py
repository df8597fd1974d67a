"""What we wrote, read by what we did not write: the glTF validator and gltf-transform with its decoders."""
