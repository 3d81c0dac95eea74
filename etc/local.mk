# etc/: see ARCHITECTURE
