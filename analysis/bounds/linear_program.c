/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that includes GLPK. */
#include "analysis/bounds/linear_program.h"

#include <setjmp.h>
#include <stdlib.h>

#include "analysis/bounds/network.h"

#include <glpk.h>

struct ess_linear_program {
    glp_prob *problem;
    uint32_t column_count, row_count, room;
    int *indices; /* GLPK counts from 1 and wants both arrays so */
    double *values;
    bool solved_before, lost;
};

/* GLPK calls this in place of abort(). It may not come back. */
static void on_error(void *place) {
    longjmp(*(jmp_buf *)place, 1);
}

/* And this in place of printing, which it does of errors even where it is told not to. */
static int on_text(void *nobody, const char *text) {
    (void)nobody;
    (void)text;
    return 1;
}

/* What GLPK held when it failed is given up, as its manual (section 6.1) asks for. */
static void lose(struct ess_linear_program *program) {
    glp_error_hook(NULL, NULL);
    glp_free_env();
    program->lost = true;
}

struct ess_linear_program *ess_linear_program_new(const double *cost, uint32_t column_count) {
    struct ess_linear_program *program = ess_bound_allocate(1, sizeof *program);
    program->column_count = column_count;
    program->room = column_count + 1;
    program->indices = ess_bound_allocate(program->room, sizeof *program->indices);
    program->values = ess_bound_allocate(program->room, sizeof *program->values);
    glp_term_hook(on_text, NULL);
    program->problem = glp_create_prob();
    glp_set_obj_dir(program->problem, GLP_MIN);
    if (column_count > 0) {
        glp_add_cols(program->problem, (int)column_count);
    }
    for (uint32_t column = 0; column < column_count; column++) {
        glp_set_col_bnds(program->problem, (int)column + 1, GLP_LO, 0, 0);
        glp_set_obj_coef(program->problem, (int)column + 1, cost[column]);
    }
    return program;
}

void ess_linear_program_free(struct ess_linear_program *program) {
    if (program == NULL) {
        return;
    }
    if (!program->lost) {
        glp_delete_prob(program->problem);
    }
    free(program->indices);
    free(program->values);
    free(program);
}

uint32_t ess_linear_program_add_row(struct ess_linear_program *program, const uint32_t *columns,
    const double *values, uint32_t count, bool at_least, double bound) {
    jmp_buf place;
    int row;
    if (program->lost) {
        return program->row_count++;
    }
    for (uint32_t i = 0; i < count; i++) {
        program->indices[i + 1] = (int)columns[i] + 1;
        program->values[i + 1] = values[i];
    }
    if (setjmp(place)) {
        lose(program);
        return program->row_count++;
    }
    glp_error_hook(on_error, &place);
    row = glp_add_rows(program->problem, 1);
    glp_set_row_bnds(program->problem, row, at_least ? GLP_LO : GLP_UP, bound, bound);
    glp_set_mat_row(program->problem, row, (int)count, program->indices, program->values);
    glp_error_hook(NULL, NULL);
    return program->row_count++;
}

static enum ess_linear_status status_of(const struct ess_linear_program *program, int failure) {
    if (failure != 0) {
        return ESS_LINEAR_STOPPED;
    }
    switch (glp_get_status(program->problem)) {
    case GLP_OPT:
        return ESS_LINEAR_OPTIMAL;
    case GLP_NOFEAS:
        return ESS_LINEAR_INFEASIBLE;
    case GLP_UNBND:
        return ESS_LINEAR_UNBOUNDED;
    default:
        return ESS_LINEAR_STOPPED;
    }
}

enum ess_linear_status ess_linear_program_solve(
    struct ess_linear_program *program, int iterations) {
    jmp_buf place;
    glp_smcp settings;
    int failure;
    if (program->lost) {
        return ESS_LINEAR_STOPPED;
    }
    if (setjmp(place)) {
        lose(program);
        return ESS_LINEAR_STOPPED;
    }
    glp_error_hook(on_error, &place);
    glp_init_smcp(&settings);
    settings.msg_lev = GLP_MSG_OFF;
    settings.it_lim = iterations;
    /* Rows that were added leave the prices of the last solution right and its values wrong. */
    settings.meth = GLP_DUALP;
    if (!program->solved_before) {
        glp_adv_basis(program->problem, 0);
    }
    failure = glp_simplex(program->problem, &settings);
    if (failure == GLP_ESING || failure == GLP_ECOND || failure == GLP_EFAIL) {
        glp_std_basis(program->problem); /* once more from where no digit has been lost */
        failure = glp_simplex(program->problem, &settings);
    }
    program->solved_before = true;
    glp_error_hook(NULL, NULL);
    return status_of(program, failure);
}

double ess_linear_program_value(const struct ess_linear_program *program, uint32_t column) {
    return program->lost ? 0 : glp_get_col_prim(program->problem, (int)column + 1);
}

double ess_linear_program_price(const struct ess_linear_program *program, uint32_t row) {
    return program->lost ? 0 : glp_get_row_dual(program->problem, (int)row + 1);
}

double ess_linear_program_cost(const struct ess_linear_program *program) {
    return program->lost ? 0 : glp_get_obj_val(program->problem);
}
