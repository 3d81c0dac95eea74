# policy/: see ARCHITECTURE
