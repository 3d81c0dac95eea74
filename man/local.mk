# man/: see ARCHITECTURE
