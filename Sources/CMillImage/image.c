#include "CMillImage.h"
