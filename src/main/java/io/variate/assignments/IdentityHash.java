package io.variate.assignments;

import io.variate.hashing.SipHash;

/** The two halves of the 128-bit hash by which equal events are recognized. Its keys, and so its values, end with the process. */
final class IdentityHash {
    static final SipHash HIGH = SipHash.withRandomKey();
    static final SipHash LOW = SipHash.withRandomKey();

    private IdentityHash() {}
}
