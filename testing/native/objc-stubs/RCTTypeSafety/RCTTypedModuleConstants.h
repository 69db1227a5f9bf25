// Converts structures, of which this module hands none over.
#pragma once
