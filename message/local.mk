# message/: see ARCHITECTURE
