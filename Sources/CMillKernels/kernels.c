#include "CMillKernels.h"
