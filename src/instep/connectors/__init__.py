"""One module or folder per store, all behind one Protocol."""
