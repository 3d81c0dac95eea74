# tools/: see ARCHITECTURE
