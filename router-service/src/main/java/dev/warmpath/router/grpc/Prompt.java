package dev.warmpath.router.grpc;

/**
 * A prompt as the index is asked for it.
 *
 * @param localHashes the local hashes of its blocks come first; scratch of the calling thread
 * @param blocks how many of them
 * @param tokens tokens in the prompt
 */
record Prompt(long[] localHashes, int blocks, int tokens) {}
