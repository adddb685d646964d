/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VERSION_H
#define ESS_VERSION_H

#define ESS_VERSION "0.1.0"

#endif
