package dev.countersign.agent

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.parseStrictJson
import java.io.File
import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec

/** One entry of a file of docs/vectors/v1; the folder is the system property `countersign.vectors`. */
internal class Vector(private val members: JsonValue.Members) {
    val name: String = members.text("name") ?: ""
    val result: String = members.text("result") ?: ""

    fun text(part: String, member: String): String? = (members.members[part] as? JsonValue.Members)?.text(member)

    fun number(part: String, member: String): Long =
        ((members.members[part] as JsonValue.Members).members[member] as JsonValue.Number).value.toLong()

    fun bytes(part: String, member: String): ByteArray = hex(text(part, member) ?: throw AssertionError("no $part.$member in $name"))

    fun ascii(part: String, member: String): String? = text(part, member)?.let { String(hex(it), Charsets.UTF_8) }

    val changes: List<List<JsonValue>>
        get() = (members.members["changes"] as JsonValue.Items).items.map { (it as JsonValue.Items).items }
}

internal fun vectors(set: String): List<Vector> = read(File(System.getProperty("countersign.vectors"), "$set.json"))

/** What the protocol package itself makes of the same inputs, for what the vectors have no set of. */
internal fun madeByProtocol(): List<Vector> = read(File(System.getProperty("countersign.made")))

private fun read(file: File): List<Vector> {
    val root = parseStrictJson(file.readBytes()) as? JsonValue.Members ?: throw AssertionError("$file is not strict JSON")
    return (root.members["vectors"] as JsonValue.Items).items.map { Vector(it as JsonValue.Members) }
}

internal fun hex(text: String): ByteArray = text.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

internal fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }

/** Whether [raw] is the point's ES256 signature over [message], by the JDK. */
internal fun verifies(point: ByteArray, message: ByteArray, raw: ByteArray): Boolean {
    val curve = AlgorithmParameters.getInstance("EC").apply { init(ECGenParameterSpec("secp256r1")) }
    val coordinates = ECPoint(BigInteger(1, point.copyOfRange(1, 33)), BigInteger(1, point.copyOfRange(33, 65)))
    val spec = ECPublicKeySpec(coordinates, curve.getParameterSpec(ECParameterSpec::class.java))
    return Signature.getInstance("SHA256withECDSAinP1363Format").run {
        initVerify(KeyFactory.getInstance("EC").generatePublic(spec))
        update(message)
        verify(raw)
    }
}
