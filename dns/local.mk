# dns/: see ARCHITECTURE
