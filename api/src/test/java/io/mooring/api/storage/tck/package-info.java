/** The conformance kit that every storage engine passes, and the naive model that judges it. */
package io.mooring.api.storage.tck;
