package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.route.Policy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How one router runs.
 *
 * @param listen address of the gRPC services
 * @param admin address of health and metrics
 * @param nats where the events come from; null for the in-process bus
 * @param etcd where the membership is; null for a file or an embedded fleet
 * @param fleetFile file with a static fleet; null for etcd or an embedded fleet
 * @param policy decides where neither the request nor the routing file names one
 * @param routingFile file with the routing settings; null for none
 * @param ledger bounds of the bookings
 * @param index how the index is kept
 */
record RouterOptions(
    HostPort listen,
    HostPort admin,
    @Nullable NatsSettings nats,
    @Nullable EtcdSettings etcd,
    @Nullable Path fleetFile,
    Policy policy,
    @Nullable Path routingFile,
    LedgerLimits ledger,
    IndexOptions index) {}
