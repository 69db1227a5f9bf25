package dev.countersign.capacitor

/** One message of the app's page: the number that its answer carries, the call's name, and JSON text of one object. */
internal class PageCall(val id: String, val name: String, val of: String)

private val number = Regex("[0-9]{1,15}")

/** Null for what no page of this package writes. */
internal fun parsePageCall(text: String): PageCall? {
    val parts = text.split(' ', limit = 3)
    if (parts.size != 3 || !number.matches(parts[0])) return null
    return PageCall(parts[0], parts[1], parts[2])
}
