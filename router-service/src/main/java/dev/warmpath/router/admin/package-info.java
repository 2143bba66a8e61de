/**
 * Health, readiness and metrics over HTTP. Reads what others count, through functions; never on a
 * request's path, {@link dev.warmpath.router.admin.RouteMetrics} apart.
 */
@NullMarked
package dev.warmpath.router.admin;

import org.jspecify.annotations.NullMarked;
