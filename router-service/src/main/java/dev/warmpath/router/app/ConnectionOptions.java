package dev.warmpath.router.app;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the servers are that routers and workers share. */
final class ConnectionOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Cluster that routers and workers have in common (or WARMPATH_CLUSTER).")
  private String cluster;

  @Option(
      names = "--nats",
      paramLabel = "URL",
      showDefaultValue = Visibility.NEVER,
      description =
          "NATS server that carries KV events, such as nats://127.0.0.1:4222 (or WARMPATH_NATS).",
      defaultValue = "${env:WARMPATH_NATS:-}")
  private String nats = "";

  @Option(
      names = "--etcd",
      paramLabel = "URL",
      showDefaultValue = Visibility.NEVER,
      description =
          "etcd server that holds the membership, such as http://127.0.0.1:2379 (or"
              + " WARMPATH_ETCD).",
      defaultValue = "${env:WARMPATH_ETCD:-}")
  private String etcd = "";

  /** For fleets in the cluster {@code default}, unless told otherwise. */
  ConnectionOptions() {
    this("default");
  }

  /**
   * @param defaultCluster the cluster when neither flag nor environment name one
   */
  ConnectionOptions(String defaultCluster) {
    this.cluster = System.getenv().getOrDefault("WARMPATH_CLUSTER", defaultCluster);
  }

  String cluster() {
    if (!cluster.matches("[A-Za-z0-9_-]{1,64}")) {
      throw wrong("--cluster must be 1 to 64 of A-Z a-z 0-9 - _", cluster);
    }
    return cluster;
  }

  /** Whether a NATS server is given. */
  boolean hasNats() {
    return !nats.isEmpty();
  }

  /** Whether an etcd server is given. */
  boolean hasEtcd() {
    return !etcd.isEmpty();
  }

  String nats() {
    return checked("--nats", nats, "nats", "tls");
  }

  String etcd() {
    return checked("--etcd", etcd, "http", "https");
  }

  private String checked(String flag, String url, String scheme, String secureScheme) {
    try {
      URI uri = new URI(url);
      boolean known = scheme.equals(uri.getScheme()) || secureScheme.equals(uri.getScheme());
      if (known && uri.getHost() != null && uri.getPort() > 0) {
        return url;
      }
    } catch (URISyntaxException e) {
      throw wrong(flag + " must be " + scheme + "://host:port", url);
    }
    throw wrong(flag + " must be " + scheme + "://host:port", url);
  }

  private ParameterException wrong(String rule, String value) {
    return new ParameterException(spec.commandLine(), rule + ": '" + value + "'");
  }
}
