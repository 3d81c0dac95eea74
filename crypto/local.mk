# crypto/: see ARCHITECTURE
