package dev.warmpath.router.workersim;

/**
 * How busy one simulated rank is.
 *
 * @param running requests in prefill and decode
 * @param waiting requests whose prefill has not started
 * @param blocks distinct prompt blocks of the running requests; output takes no room here
 */
public record RankUse(int running, int waiting, int blocks) {}
