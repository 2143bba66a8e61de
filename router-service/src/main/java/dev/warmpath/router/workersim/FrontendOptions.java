package dev.warmpath.router.workersim;

import java.time.Duration;

/**
 * How a {@link TraceFrontend} asks.
 *
 * @param model the model of all requests
 * @param policy the router's policy for them; empty for the router's own choice
 * @param retryFor how long a request is routed anew after a failure, real time; zero for never
 * @param retryPause real time between two attempts
 */
public record FrontendOptions(String model, String policy, Duration retryFor, Duration retryPause) {
  /** The router's policy, failed requests tried again for 30 s, every 100 ms. */
  public static FrontendOptions of(String model) {
    return new FrontendOptions(model, "", Duration.ofSeconds(30), Duration.ofMillis(100));
  }
}
