# config/: see ARCHITECTURE
