"""The `mizban` command: the local stack and the operators' tools. It talks to the services over Kafka and HTTP only."""
