# milter/: see ARCHITECTURE
