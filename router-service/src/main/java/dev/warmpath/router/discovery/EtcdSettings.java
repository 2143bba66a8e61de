package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Where etcd is and how patient to be with it.
 *
 * @param endpoints URLs of the members, as in http://127.0.0.1:2379
 * @param cluster name of the Warmpath cluster: 1 to 256 characters out of A-Z a-z 0-9 - _
 * @param callTimeout how long one call may take
 * @param probeEvery how often a quiet connection is tested
 * @param relistEvery how often everything is read again, in case a watch lost something
 * @param maxPause longest wait between two attempts to connect
 */
public record EtcdSettings(
    List<String> endpoints,
    String cluster,
    Duration callTimeout,
    Duration probeEvery,
    Duration relistEvery,
    Duration maxPause) {
  /** A page of a listing has this many values of at most 1.5 MiB, the limit of etcd. */
  static final int PAGE_SIZE = 32;

  private static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9_-]{1,256}");

  public EtcdSettings {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("etcd endpoints must name at least one URL");
    }
    endpoints.forEach(EtcdSettings::checkEndpoint);
    if (!CLUSTER.matcher(cluster).matches()) {
      throw new IllegalArgumentException(
          "cluster must have 1 to 256 characters out of A-Z a-z 0-9 - _: '" + cluster + "'");
    }
  }

  /** Calls of at most 2 s, a probe every second, a listing every 15 s, pauses of up to 1 s. */
  public static EtcdSettings of(List<String> endpoints, String cluster) {
    return new EtcdSettings(
        endpoints,
        cluster,
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        Duration.ofSeconds(15),
        Duration.ofSeconds(1));
  }

  private static void checkEndpoint(String endpoint) {
    try {
      URI uri = URI.create(endpoint);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPort() > 0) {
        return;
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "etcd endpoint must be a URL like http://127.0.0.1:2379: '" + endpoint + "'");
  }

  /**
   * A client of its own. One is made for each attempt to connect, since the channel inside waits
   * ever longer, up to two minutes, before it tries again.
   */
  Client connect() {
    return Client.builder()
        .endpoints(endpoints.toArray(String[]::new))
        .connectTimeout(callTimeout)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .waitForReady(false)
        .retryDelay(1)
        .retryMaxDelay(2)
        .retryMaxAttempts(1)
        .build();
  }

  /** What the keys of all workers start with. */
  String prefix() {
    return "/warmpath/v1/" + cluster + "/workers/";
  }

  ByteSequence key(String workerId) {
    return ByteSequence.from(prefix() + workerId, UTF_8);
  }

  String workerId(ByteSequence key) {
    return key.toString(UTF_8).substring(prefix().length());
  }

  /** Waits for an answer, at most {@code callTimeout}. */
  <T> T await(String what, CompletableFuture<T> answer)
      throws EtcdUnavailableException, InterruptedException {
    try {
      return answer.get(callTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw unavailable(what, "no answer in " + callTimeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      throw unavailable(what, reason(e));
    }
  }

  EtcdUnavailableException unavailable(String what, String why) {
    return new EtcdUnavailableException(
        "etcd at %s: %s: %s".formatted(String.join(", ", endpoints), what, why));
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}
