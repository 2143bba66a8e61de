/**
 * The gRPC side: a request becomes a decision and a reply, reports become changes of the ledger.
 */
@NullMarked
package dev.warmpath.router.grpc;

import org.jspecify.annotations.NullMarked;
