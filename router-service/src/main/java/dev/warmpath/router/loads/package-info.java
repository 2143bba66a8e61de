/** What workers and other routers say of load: protobuf over NATS into the ledger. */
@NullMarked
package dev.warmpath.router.loads;

import org.jspecify.annotations.NullMarked;
