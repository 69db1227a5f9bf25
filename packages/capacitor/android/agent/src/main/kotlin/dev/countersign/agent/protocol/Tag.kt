package dev.countersign.agent.protocol

import java.security.MessageDigest

/** UTF-8 of `countersign-` + name + `-v1`, then one byte 00 (protocol section 1): whatever is signed or hashed begins with one. */
internal fun tag(name: String): ByteArray = "countersign-$name-v1\u0000".toByteArray(Charsets.UTF_8)

internal fun sha256(bytes: ByteArray): ByteArray = MessageDigest.getInstance("SHA-256").digest(bytes)
