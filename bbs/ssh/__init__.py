"""The SSH server: who may come in, one session for each channel, and the commands. Knows no Textual."""
