"""The servers that `bench serve` compares with, each as its makers' documentation begins; none runs on our locks."""
