"""Small tools that every other package may use. Nothing here knows what rltf is about."""
