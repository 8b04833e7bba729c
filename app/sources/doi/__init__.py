"""DOIs: how they are written, and the metadata that doi.org gives."""
