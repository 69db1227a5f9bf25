package dev.countersign.capacitor

/** Says to each line of the standard input what the plugin would: `testing/native/page-cases.ts`. */
fun main() = generateSequence(::readlnOrNull).forEach { line -> println(said(line.split('\t'))) }

private fun said(asked: List<String>): String {
    val of = asked.drop(1)
    return when (asked[0]) {
        "own" -> ownOrigin(of[0], of[1], of[2].takeIf { it != "-" }, of[3].toBoolean()).toString()
        "page" -> isOwnPage(of[0], of[1].toBoolean(), of[2]).toString()
        else -> parsePageCall(of[0])?.let { "${it.id}|${it.name}|${it.of}" }.toString()
    }
}
