"""Assets, their versions, and the manifests that say what a version is."""
